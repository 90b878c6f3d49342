import { join } from 'node:path'
import type { Host } from '../../adapters/host/types.ts'
import type { CliDeps } from '../types.ts'
import { type Proof, proof } from './proof.ts'

const asCount = (value: unknown): number | undefined => {
  const n = (value as { n?: unknown } | null)?.n
  return typeof n === 'number' ? n : undefined
}

/** State records: what is saved is read, and a damaged one is noticed and the older generation used. */
export async function writeProofs(deps: CliDeps, host: Host, folder: string): Promise<Proof[]> {
  const store = await deps.stateStore(join(folder, 'records'))
  await store.save('proof', { n: 1 })
  await store.save('proof', { n: 2 })
  const good = await store.load('proof', asCount)
  await host.append(join(folder, 'records', 'proof'), 'damage')
  const damaged = await store.load('proof', asCount)
  return [
    proof(
      'a state record is read as it was written',
      good.kind === 'ok' && good.value === 2,
      JSON.stringify(good),
    ),
    proof(
      'a damaged record is noticed and the older generation used',
      damaged.kind === 'ok' && damaged.generation === 'previous' && damaged.value === 1,
      JSON.stringify(damaged),
    ),
  ]
}
