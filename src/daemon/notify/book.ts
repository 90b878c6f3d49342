import {
  type Channel,
  type ChannelName,
  checkNotifyRecord,
  emptyChannel,
  type NotifyRecord,
  notifyRecordName,
} from '../../notify/index.ts'
import type { World } from '../world.ts'

/** How far the event log was read and what waits for each channel, in memory and on disk. */
export interface NotifyBook {
  cursor(): number
  channel(name: ChannelName): Channel
  put(name: ChannelName, next: Channel): void
  moveTo(cursor: number): void
  /** Answers whether there was a record that could be read. */
  load(): Promise<'ok' | 'absent' | 'damaged'>
  /** Resolves when what stands now is on disk; a disk that refuses is complained of. */
  save(): Promise<void>
  drop(): Promise<void>
}

export function createNotifyBook(
  world: Pick<World, 'store'>,
  complain: (error: unknown) => void,
): NotifyBook {
  let record: NotifyRecord = { cursor: 0, channels: {} }
  let saving: Promise<unknown> = Promise.resolve()
  return {
    cursor: () => record.cursor,
    channel: (name) => record.channels[name] ?? emptyChannel,
    put: (name, next) => {
      record = { ...record, channels: { ...record.channels, [name]: next } }
    },
    moveTo: (cursor) => {
      record = { ...record, cursor }
    },
    load: async () => {
      const loaded = await world.store.load(notifyRecordName, checkNotifyRecord)
      if (loaded.kind === 'ok') record = loaded.value
      return loaded.kind === 'ok' || loaded.kind === 'absent' ? loaded.kind : 'damaged'
    },
    save: async () => {
      const now = record
      saving = saving.then(() => world.store.save(notifyRecordName, now)).catch(complain)
      await saving
    },
    drop: async () => {
      record = { cursor: 0, channels: {} }
      await world.store.remove(notifyRecordName)
    },
  }
}
