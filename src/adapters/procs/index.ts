export { type CommandLine, commandLines } from './command-lines.ts'
export { createProcs } from './procs.ts'
