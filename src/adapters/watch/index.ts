export { type Watch, type WatchOptions, watchFiles, watchFolders } from './watch.ts'
