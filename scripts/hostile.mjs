// Hostile texts, drawn from a seed, through the outbox, tmux and real terminals; what arrives is compared byte for byte.
//   npm run hostile -- --count 10000 --seed 1
// Exit 0: each arrived once and as docs/messages.md says; 1: some did not, they are printed; 2: usage.
import { optionsOf, refuse } from './options.mjs'
import { root, runTypeScript } from './run-typescript.mjs'

const usage = `npm run hostile -- [--count N] [--seed S] [--panes N]
  --count N  texts (default 10000)
  --seed S   of an earlier run: the same texts again (default 1)
  --panes N  at the same time (default 16)`
const { values } = optionsOf(usage, {
  options: { count: { type: 'string' }, seed: { type: 'string' }, panes: { type: 'string' } },
})
const numbers = { count: 10_000, seed: 1, panes: 16 }
for (const [name, text] of Object.entries(values)) {
  numbers[name] = Number(text)
  if (!Number.isSafeInteger(numbers[name]) || numbers[name] <= 0)
    refuse(usage, `--${name} ${text} is not a whole number above 0`)
}
process.exitCode = await runTypeScript('test/hostile/main.ts', numbers, root)
