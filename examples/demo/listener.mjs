// Demo of an agent that stays: it waits at its prompt and notes every message it gets in a file of its folder.
import { appendFile } from 'node:fs/promises'
import { createComposer } from './composer.mjs'

const face = createComposer(async (message) => {
  await appendFile('messages.txt', `${JSON.stringify({ at: new Date().toISOString(), message })}\n`)
  face.say('noted')
})
