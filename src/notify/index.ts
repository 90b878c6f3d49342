export * from './channel.ts'
export * from './notice.ts'
export * from './payload.ts'
export * from './record.ts'
