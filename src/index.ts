// The library: `import { ... } from 'shoal'`.
export { AppError, type ErrorCode } from './core/errors.ts'
