#!/usr/bin/env node
// The `shoal` command of the installed package. Old syntax on purpose: an old Node must be able to say what is wrong.
'use strict'
var parts = process.versions.node.split('.').map(Number)
// Early releases of Node 24 call SQLite experimental on stderr, where scripts expect our errors.
var emitWarning = process.emitWarning
process.emitWarning = function (warning) {
  if (!/SQLite is an experimental/.test(String(warning))) emitWarning.apply(process, arguments)
}
if (parts[0] > 24 || (parts[0] === 24 && parts[1] >= 11)) {
  import('../dist/cli/main.js')
} else {
  process.stderr.write(
    'Shoal needs Node.js 24.11 or newer; this is ' + process.versions.node + '. Try: npx -p node@24 -p shoal shoal\n',
  )
  process.exit(9)
}
