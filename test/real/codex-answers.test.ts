import { answers } from './answers.ts'
import { codex } from './clis/codex.ts'

answers(codex, {
  untrusted: (cli, place) =>
    Object.fromEntries(
      Object.entries(cli.files(place)).map(([path, text]) => [
        path,
        text.replace(/\[projects\.[\s\S]*$/, ''),
      ]),
    ),
  trust: 'Trust and continue',
  yes: 'Yes, proceed',
  no: 'No, and tell',
})
