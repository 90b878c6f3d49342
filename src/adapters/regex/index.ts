export * from './probe.ts'
export * from './runner.ts'
export * from './types.ts'
