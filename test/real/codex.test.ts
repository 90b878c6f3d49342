import { codex } from './clis/codex.ts'
import { rehearse } from './rehearse.ts'

rehearse(codex)
