import { status, up } from './commands.mjs'
import { config } from './config.mjs'
import { heal, mass } from './heal.mjs'
import { inside } from './inside.mjs'
import { limit } from './limit.mjs'
import { push } from './push.mjs'
import { steady } from './steady.mjs'

export const cases = [heal, mass, push, config, steady, status, up, limit, inside]
