// Runs one of the project's TypeScript files on Node 24 or newer: `node scripts/run.cjs FILE [ARG...]`.
// Written in old syntax on purpose: this file must run on whatever Node is installed. It brings what is missing
// (the dependencies of package-lock.json, the pinned Node of tools/node, the page for browsers) and then steps aside.
'use strict'
var childProcess = require('child_process')
var crypto = require('crypto')
var fs = require('fs')
var path = require('path')

var ROOT = path.join(__dirname, '..')
var FLOOR = [24, 11]

function isNewEnough() {
  var parts = process.versions.node.split('.').map(Number)
  return parts[0] > FLOOR[0] || (parts[0] === FLOOR[0] && parts[1] >= FLOOR[1])
}

function fail(message) {
  process.stderr.write(message + '\n')
  process.exit(1)
}

/** Installs what `folder` asks for (exactly the lock file, where it has one) unless that was done before. */
function install(folder, what) {
  var lockFile = path.join(folder, 'package-lock.json')
  var isLocked = fs.existsSync(lockFile)
  var wanted = crypto
    .createHash('sha256')
    .update(fs.readFileSync(isLocked ? lockFile : path.join(folder, 'package.json')))
    .digest('hex')
  var stamp = path.join(folder, 'node_modules', '.installed')
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('Installing ' + what + '...\n')
  var npm = process.env.npm_execpath
  var isScript = npm !== undefined && /\.c?js$/.test(npm)
  var how = isLocked ? ['ci'] : ['install', '--no-package-lock']
  var result = childProcess.spawnSync(
    isScript ? process.execPath : 'npm',
    (isScript ? [npm] : []).concat(how, ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']),
    { cwd: folder, stdio: ['ignore', 2, 2], shell: !isScript && process.platform === 'win32' },
  )
  if (result.status !== 0)
    fail('Could not install ' + what + '; the lines above say why. Is the npm registry reachable?')
  fs.writeFileSync(stamp, wanted)
}

function pinnedNode() {
  var folder = path.join(ROOT, 'tools', 'node')
  install(folder, 'Node.js 24 (this one is ' + process.versions.node + ')')
  var system = process.platform === 'win32' ? 'win' : process.platform
  var binary = path.join(
    folder,
    'node_modules',
    'node-' + system + '-' + process.arch,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  )
  if (!fs.existsSync(binary))
    fail(
      'Shoal needs Node.js 24.11 or newer, and none is packaged for ' +
        process.platform +
        ' ' +
        process.arch +
        '; install it and try again.',
    )
  return binary
}

install(ROOT, 'dependencies')
if (process.argv[2].endsWith('check.ts')) {
  install(path.join(ROOT, 'tools', 'lint'), 'linter and formatter')
}
var node = isNewEnough() ? process.execPath : pinnedNode()
if (!require('./fresh-page.cjs').buildPageIfOld(node)) fail('Could not build the page; the lines above say why.')
var file = path.resolve(ROOT, process.argv[2])
var env = Object.assign({}, process.env)
// `npm start` moves to the package's folder; paths that a user types are meant from where they typed them.
var cwd = env.INIT_CWD || process.cwd()
// Code that was stripped of its types and compiled once is kept: starts take 60 ms less, and a process 30 MB less.
env.NODE_COMPILE_CACHE = env.NODE_COMPILE_CACHE || path.join(ROOT, 'node_modules', '.cache', 'compiled')
env.PATH = path.dirname(node) + path.delimiter + env.PATH
var child = childProcess.spawn(node, [file].concat(process.argv.slice(3)), { stdio: 'inherit', env: env, cwd: cwd })
// The terminal sends Ctrl-C to the whole group; the child decides when to end, and we wait for it.
;['SIGINT', 'SIGTERM', 'SIGHUP'].forEach(function (signal) {
  process.on(signal, function () {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
  })
})
child.on('exit', function (code, signal) {
  process.exit(signal ? 1 : code)
})
