import * as v from 'valibot'
import { mendedTownName, townNameFault } from '../names.ts'
import { choice, duration, flag, issue, key, path, shown, tableFault, variable, words } from './fields.ts'

const townName = () =>
  v.pipe(
    words(),
    v.rawTransform<string, string>(({ dataset, addIssue, NEVER }) => {
      const fault = townNameFault(dataset.value)
      if (fault === undefined) return dataset.value
      const what = `The town's name ${shown(dataset.value)} ${fault}.`
      addIssue({ message: issue('CONFIG_NAME', what, `Write "${mendedTownName(dataset.value)}".`) })
      return NEVER
    }),
    v.metadata({ notes: { type: 'name' } }),
  )

const SCHEMES = /^(?:rediss?|unix|redis\+unix|rediss?\+sentinel):\/\//

const redisUrl = () =>
  v.pipe(
    words(),
    v.check(
      (text) => SCHEMES.test(text),
      issue(
        'CONFIG_URL',
        'This is not the address of a Redis.',
        'Write for example "redis://127.0.0.1:6379/1", "rediss://…", "unix:///run/redis.sock" or "redis+sentinel://host:26379/name".',
      ),
    ),
    v.metadata({ notes: { type: 'address' } }),
  )

/** `[town]` */
export const townTable = v.object(
  {
    enabled: v.optional(
      key(flag(), {
        about:
          'False: no town; messages go straight to the panes, and the verbs of the town say that it is off.',
        defaultText: '`true`; without this table the town is on from its first use on',
      }),
    ),
    name: v.optional(
      key(townName(), {
        about: 'Name of the town: all agents of one name on one Redis see each other.',
        defaultText: 'name of the project’s folder',
      }),
    ),
    redis_url: v.optional(
      key(redisUrl(), {
        about:
          'A Redis of yours, 7.0 or later. The environment variable `REDIS_URL` goes before it. Without either the fleet starts one of its own, on a unix socket in its state folder.',
        defaultText: 'one of its own',
      }),
    ),
    redis_password_env: v.optional(
      key(variable('REDIS_PASSWORD'), {
        about:
          'Name of the environment variable with the password of `redis_url`, so that it stands in no file.',
        defaultText: '`TINYTOWN_REDIS_PASSWORD`',
      }),
    ),
    redis_ca: v.optional(
      key(path(), {
        about:
          'Certificates (PEM) that sign for a `rediss://` server of yours; the only ones that are trusted then. The watchdog, the commands and the agents’ sessions find it here, whatever their environment says.',
        defaultText: 'those that Node trusts',
      }),
    ),
    file: v.optional(
      key(path(), {
        about:
          'A `tinytown.toml` that tells name and address of the town, where `name` and `redis_url` are not given: `agents town join` writes this line.',
        defaultText: 'none',
      }),
    ),
    fsync: v.optional(
      key(choice(['everysec', 'always']), {
        about:
          'Of its own Redis: what is acknowledged is on disk within a second, or before the acknowledgement.',
      }),
      'everysec',
    ),
    lease: v.optional(
      key(duration(1000), {
        about:
          'How long an agent that is free has for a message that it was given, until the message is given to it again.',
      }),
      900,
    ),
  },
  tableFault,
)
