// Real faults, drawn from a seed, against a running fleet; invariants are read from outside. See docs/chaos.md.
//   node scripts/chaos.mjs --faults 1000 --seed 7
// Uses the program in dist/ (or the folder $AGENTS_DIST). Bundles test/chaos/, which is TypeScript, on the fly.
import { join } from 'node:path'
import { root, runTypeScript } from './run-typescript.mjs'

const dist = process.env.AGENTS_DIST ?? join(root, 'dist')
process.exitCode = await runTypeScript('test/chaos/main.ts', process.argv.slice(2), root, dist)
