// Bundles the page for browsers if its sources are others than at the last time. In old syntax, as run.cjs, which calls it.
'use strict'
var childProcess = require('child_process')
var fs = require('fs')
var path = require('path')

var ROOT = path.join(__dirname, '..')
/** What is in the bundle: the page may import nothing else of src (test/architecture.test.ts). */
var SOURCES = [path.join(ROOT, 'src', 'web'), path.join(ROOT, 'src', 'core')]

/** When a file below `folder` was last changed, and how many there are. */
function newest(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).reduce(
    function (found, entry) {
      var inside = path.join(folder, entry.name)
      var one = entry.isDirectory() ? newest(inside) : { at: fs.statSync(inside).mtimeMs, files: 1 }
      return { at: Math.max(found.at, one.at), files: found.files + one.files }
    },
    { at: 0, files: 0 },
  )
}

/** Is it there now? */
function buildPageIfOld(node) {
  var script = path.join(ROOT, 'scripts', 'build-page.ts')
  var tools = fs.statSync(path.join(ROOT, 'package-lock.json')).mtimeMs
  var sources = SOURCES.map(newest).map(function (found) {
    return found.at + ' ' + found.files
  })
  var wanted = sources.concat(fs.statSync(script).mtimeMs, tools).join(' ')
  var stamp = path.join(ROOT, 'dist', 'page', '.built')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return true
  var result = childProcess.spawnSync(node, [script, wanted], { cwd: ROOT, stdio: ['ignore', 2, 2] })
  return result.status === 0
}

module.exports = { buildPageIfOld: buildPageIfOld }
