import type { Rules } from './types.ts'

/** INV-35, INV-39, INV-40: whole files, nothing that grows, no secret and no wide mode. */
export function createStateRules(): Rules {
  return (entry) => {
    switch (entry.kind) {
      case 'torn':
        return [{ inv: 'INV-35', why: `${entry.file}: ${entry.why}` }]
      case 'mode':
        return [{ inv: 'INV-40', why: `${entry.path} has mode ${entry.mode}` }]
      case 'leak':
        return [{ inv: 'INV-40', why: `the canary secret stands in ${entry.where}` }]
      case 'resource':
        if (entry.value <= entry.limit) return []
        return [{ inv: 'INV-39', why: `${entry.name}: ${entry.value}, more than ${entry.limit}` }]
      default:
        return []
    }
  }
}
