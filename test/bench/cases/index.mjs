import { status, up } from './commands.mjs'
import { config } from './config.mjs'
import { deliver } from './deliver.mjs'
import { heal, mass } from './heal.mjs'
import { inside } from './inside.mjs'
import { limit } from './limit.mjs'
import { push } from './push.mjs'
import { steady } from './steady.mjs'
import { town, townCommands, townSteady } from './town.mjs'

export const cases = [
  heal,
  mass,
  push,
  deliver,
  config,
  steady,
  status,
  up,
  limit,
  inside,
  town,
  townCommands,
  townSteady,
]
