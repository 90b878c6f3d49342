import { opencode } from './clis/opencode.ts'
import { rehearse } from './rehearse.ts'

rehearse(opencode)
