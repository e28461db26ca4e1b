#!/usr/bin/env node
// The `shoal` command of the installed package. Old syntax on purpose: an old Node must be able to say what is wrong.
'use strict'
var parts = process.versions.node.split('.').map(Number)
if (parts[0] > 24 || (parts[0] === 24 && parts[1] >= 11)) {
  start()
} else {
  process.stderr.write(
    'Shoal needs Node.js 24.11 or newer; this is ' + process.versions.node + '. Try: npx -p node@24 -p shoal shoal\n',
  )
  process.exit(9)
}

function start() {
  // Early releases of Node 24 call SQLite experimental on stderr, where scripts expect our errors.
  var emitWarning = process.emitWarning
  process.emitWarning = function (warning) {
    if (!/SQLite is an experimental/.test(String(warning))) emitWarning.apply(process, arguments)
  }
  keepCompiled()
  require('../dist/command/main.js')
}

/** What was compiled once is kept for the next start, in a folder of this user: what others could write must not be run. */
function keepCompiled() {
  var path = require('path')
  var env = process.env
  var caches = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME
  try {
    if (!caches || !path.isAbsolute(caches)) caches = path.join(require('os').homedir(), '.cache')
    require('module').enableCompileCache(env.NODE_COMPILE_CACHE || path.join(caches, 'shoal', 'compiled'))
  } catch (_) {
    // Without a home it starts more slowly.
  }
}
