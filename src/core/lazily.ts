/**
 * An object whose values are made when they are first asked for, and then kept. To readers a plain one: its keys, a copy
 * of it and its JSON hold everything.
 */
export function lazily<K extends string, T>(makers: Readonly<Record<K, () => T>>): Record<K, T> {
  const made = {} as Record<K, T>
  for (const [key, make] of Object.entries<() => T>(makers)) {
    Object.defineProperty(made, key, {
      configurable: true,
      enumerable: true,
      get: () => {
        const value = make()
        Object.defineProperty(made, key, { configurable: true, enumerable: true, writable: true, value })
        return value
      },
    })
  }
  return made
}
