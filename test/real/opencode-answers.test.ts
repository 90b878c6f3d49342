import { answers } from './answers.ts'
import { opencode } from './clis/opencode.ts'

answers(opencode, { yes: 'Allow once', no: 'Reject' })
