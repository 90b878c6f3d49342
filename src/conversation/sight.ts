import type { Track } from './track.ts'
import type { Sight } from './types.ts'
import type { Watch } from './watch.ts'

/** The same object as long as nothing was read anew: readings are kept by it. */
const sights = new WeakMap<Watch, { sight: Sight | undefined }>()

/** What the files say now: a limit or an error that ended the last turn, else the CLI's own status, else the turn. */
export function sightOf(watch: Watch | undefined): Sight | undefined {
  if (watch === undefined) return undefined
  const known = sights.get(watch) ?? { sight: sightIn(watch) }
  sights.set(watch, known)
  return known.sight
}

function sightIn(watch: Watch): Sight | undefined {
  const { place, status } = watch
  if (place === undefined || place.shared) return undefined
  const track = newest(watch.tracks)
  const about = { ...(place.id === undefined ? {} : { conversationId: place.id }), ...pathOf(track) }
  const ended = track === undefined ? undefined : troubleOf(track)
  // At work again, or asking: what ended the turn before is over.
  if (ended !== undefined && (status === undefined || status.state === 'idle')) return { ...ended, ...about }
  if (status?.state !== undefined) {
    const waitingFor = status.state === 'asking' ? status.waitingFor : undefined
    return {
      source: 'status-file',
      state: status.state,
      at: status.at,
      ...(waitingFor === undefined ? {} : { waitingFor }),
      ...about,
      path: place.status?.path ?? about.path,
    }
  }
  if (track?.turn === undefined) return undefined
  return { source: 'transcript', state: track.turn.state, at: track.turn.at, ...about }
}

const newest = (tracks: readonly Track[]): Track | undefined =>
  tracks.reduce<Track | undefined>(
    (best, one) => (best && best.modifiedAt >= one.modifiedAt ? best : one),
    undefined,
  )

const pathOf = (track: Track | undefined): { path?: string } =>
  track === undefined ? {} : { path: track.path }

function troubleOf({ trouble, rate }: Track): Sight | undefined {
  if (trouble === undefined) return undefined
  const { what, at } = trouble
  if (what.state === 'failing')
    return {
      source: 'transcript',
      state: 'failing',
      ...(what.failClass && { failClass: what.failClass }),
      text: what.text,
      at,
    }
  const until = what.until ?? rate?.until
  const window = what.window ?? rate?.window
  return {
    source: 'transcript',
    state: 'limited',
    limit: { text: what.text, ...(until && { until }), ...(window && { window }) },
    at,
  }
}
