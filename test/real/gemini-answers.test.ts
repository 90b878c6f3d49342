import { answers } from './answers.ts'
import { gemini } from './clis/gemini.ts'

answers(gemini, {
  untrusted: (cli, place) =>
    Object.fromEntries(
      Object.entries(cli.files(place)).map(([path, text]) => [
        path,
        text.replace('"folderTrust":{"enabled":false}', '"folderTrust":{"enabled":true}'),
      ]),
    ),
  trust: 'Trust folder',
  restarts: true,
  yes: 'Allow once',
  no: 'No, suggest changes',
})
