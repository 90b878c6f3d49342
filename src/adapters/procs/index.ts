export { createProcs } from './procs.ts'
