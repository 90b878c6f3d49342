/** Joins what is told of one path within `settleMs`, counted from the first. */
export function createSettler(onChange: (path: string) => void, settleMs: number) {
  const due = new Map<string, NodeJS.Timeout>()
  const tell = (path: string) => {
    if (due.has(path)) return
    const fire = () => {
      due.delete(path)
      onChange(path)
    }
    due.set(path, setTimeout(fire, settleMs))
  }
  tell.close = () => {
    for (const timer of due.values()) clearTimeout(timer)
    due.clear()
  }
  return tell
}
