export { createRedis, type RedisOptions } from './create-redis.ts'
export { redactUrl } from './redact.ts'
export type * from './types.ts'
export { redisCodes } from './types.ts'
