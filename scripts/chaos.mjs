// Real faults, drawn from a seed, against a running fleet; invariants are read from outside. See docs/chaos.md.
//   node scripts/chaos.mjs --faults 1000 --seed 7
//   node scripts/chaos.mjs --town --faults 1000      the messages and tasks of a town on a real Redis
// Uses the program in dist/ (or the folder $AGENTS_DIST). Bundles test/chaos/, which is TypeScript, on the fly.
import { join } from 'node:path'
import { root, runTypeScript, withBundle } from './run-typescript.mjs'

const dist = process.env.AGENTS_DIST ?? join(root, 'dist')
const words = process.argv.slice(2)
process.exitCode = words.includes('--town')
  ? await withBundle('test/chaos/town/actor.ts', (actor) =>
      runTypeScript('test/chaos/town/main.ts', words, actor),
    )
  : await runTypeScript('test/chaos/main.ts', words, root, dist)
