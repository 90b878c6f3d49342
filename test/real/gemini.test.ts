import { gemini } from './clis/gemini.ts'
import { rehearse } from './rehearse.ts'

rehearse(gemini)
