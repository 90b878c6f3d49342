/**
 * What every git process of ours gets: no prompt of any kind, no hooks, no background work, no transport that runs a
 * command, messages in English because we classify them.
 */

/** Variables that would point git at another repository than the one we name, or write into its stderr. */
const DROPPED =
  /^GIT_(?:DIR|WORK_TREE|INDEX_FILE|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|NAMESPACE|PREFIX|CONFIG|GRAFT_FILE|SHALLOW_FILE|IMPLICIT_WORK_TREE|INTERNAL_SUPER_PREFIX|EXTERNAL_DIFF|DIFF_OPTS|TRACE.*|LITERAL_PATHSPECS|GLOB_PATHSPECS|NOGLOB_PATHSPECS|ICASE_PATHSPECS|DEFAULT_HASH|REDIRECT_.*)$/

export function gitEnv(base: NodeJS.ProcessEnv, ownSshCommand: boolean): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(base)) if (!DROPPED.test(name)) env[name] = value
  Object.assign(env, {
    LC_ALL: 'C',
    LANGUAGE: '',
    GIT_TERMINAL_PROMPT: '0',
    GCM_INTERACTIVE: 'never',
    // Found on the PATH: not every system has /bin/false. It answers nothing, which git reports as a failed login.
    GIT_ASKPASS: 'false',
    SSH_ASKPASS_REQUIRE: 'never',
    GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
    GIT_OPTIONAL_LOCKS: '0',
    GIT_LITERAL_PATHSPECS: '1',
    GIT_PAGER: 'cat',
  })
  const chosen = env.GIT_SSH_COMMAND ?? env.GIT_SSH
  // The variable would win over the repository's core.sshCommand, so it is set only where nobody chose anything.
  if (chosen === undefined && !ownSshCommand) env.GIT_SSH_COMMAND = 'ssh -oBatchMode=yes -oConnectTimeout=10'
  return env
}

/** Settings that win over the repository's and the user's. */
export const FORCED = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.quotePath=false',
  'core.logAllRefUpdates=false',
  'gc.auto=0',
  'maintenance.auto=false',
  'fetch.recurseSubmodules=no',
  'fetch.writeCommitGraph=false',
  'fetch.showForcedUpdates=false',
  'submodule.recurse=false',
  'i18n.logOutputEncoding=UTF-8',
  'log.showSignature=false',
  'protocol.ext.allow=never',
  // Bytes a second over seconds: a connection that is silent for longer than our deadline is cut by curl itself too.
  'http.lowSpeedLimit=1',
  'http.lowSpeedTime=15',
].flatMap((setting) => ['-c', setting])
