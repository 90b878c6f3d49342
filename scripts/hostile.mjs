// Hostile texts, drawn from a seed, through the outbox, tmux and real terminals; what arrives is compared byte for byte.
//   npm run hostile -- --count 10000 --seed 1
// Exit 0: each arrived once and as docs/messages.md says; 1: some did not, they are printed; 2: usage.
import { root, runTypeScript } from './run-typescript.mjs'

process.exitCode = await runTypeScript('test/hostile/main.ts', process.argv.slice(2), root)
