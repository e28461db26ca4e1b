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
  try {
    var folder = compiledFolder()
    if (folder !== undefined) require('module').enableCompileCache(folder)
  } catch (_) {
    // It starts more slowly.
  }
  require('../dist/command/main.js')
}

/**
 * Where what was compiled once is kept for the next start. Node runs what it finds there, so all of it has to be this user's
 * alone; with `sudo` the home may be another's.
 */
function compiledFolder() {
  var path = require('path')
  var env = process.env
  if (env.NODE_COMPILE_CACHE || env.SUDO_UID) return undefined // the first is Node's own setting
  var home = require('os').homedir()
  var caches = process.platform === 'win32' ? env.LOCALAPPDATA : env.XDG_CACHE_HOME
  if (!caches || !path.isAbsolute(caches)) {
    if (!path.isAbsolute(home) || !isOwn(home, 0o002)) return undefined
    caches = path.join(home, '.cache')
  }
  if (!makeOwn(caches, 0o002)) return undefined
  var folder = path.join(caches, 'shoal')
  if (!makeOwn(folder, 0o022)) return undefined
  folder = path.join(folder, 'compiled')
  return makeOwn(folder, 0o022) ? folder : undefined
}

function makeOwn(folder, forbidden) {
  try {
    require('fs').mkdirSync(folder, 0o700)
  } catch (error) {
    if (error.code !== 'EEXIST') return false
  }
  return isOwn(folder, forbidden)
}

/** A folder of this user, without the permissions that are forbidden. */
function isOwn(folder, forbidden) {
  var stats = require('fs').statSync(folder)
  if (process.getuid === undefined) return stats.isDirectory()
  return stats.isDirectory() && stats.uid === process.getuid() && (stats.mode & forbidden) === 0
}
