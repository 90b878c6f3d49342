import { claude } from './clis/claude.ts'
import { rehearse } from './rehearse.ts'

rehearse(claude)
