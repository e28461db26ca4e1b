// A swarm on a virtual clock (test/sim): when the last one has it, against what is possible, and what that took to compute.
//   npm run bench -- swarm [--peers 1000] [--mib 16] [--piece-kib 64] [--up 1] [--down 10] [--seed-up 4]
// Lines in Mbit/s. The bound is max(F/s, F/d, N*F/(s + N*u)): nobody can be faster, and it leaves out that a piece must
// be whole before it is passed on.
import { parseArgs } from 'node:util'
import { runSwarm } from '../test/sim/swarm.ts'

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '1000' },
    mib: { type: 'string', default: '16' },
    'piece-kib': { type: 'string', default: '64' },
    up: { type: 'string', default: '1' },
    down: { type: 'string', default: '10' },
    'seed-up': { type: 'string', default: '4' },
  },
})
const BYTES_PER_MBIT = 125_000
const result = await runSwarm(
  {
    seed: 1,
    downloaders: Number(values.peers),
    fileBytes: Number(values.mib) * 1024 * 1024,
    pieceBytes: Number(values['piece-kib']) * 1024,
    upload: Number(values.up) * BYTES_PER_MBIT,
    download: Number(values.down) * BYTES_PER_MBIT,
    seedUpload: Number(values['seed-up']) * BYTES_PER_MBIT,
    latencyMs: [10, 50],
    addresses: 25,
  },
  100_000,
)
const { lastDoneSec, medianDoneSec, boundSec, seedCopies, unfinished, realSec } = result
console.log(
  `${values.peers} downloaders, ${values.mib} MiB: the last one done after ${lastDoneSec.toFixed(1)} s (median ${medianDoneSec.toFixed(1)})`,
)
console.log(
  `bound ${boundSec.toFixed(1)} s: ${(lastDoneSec / boundSec).toFixed(3)} times that; ${unfinished} unfinished`,
)
console.log(`the seed sent ${seedCopies.toFixed(3)} copies; computed in ${realSec.toFixed(0)} s`)
