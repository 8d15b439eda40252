/** The backend of the host is the CPU engine. Every entry of this package that makes tensors brings it in. */
import { cpuBackend } from './cpu/backend.js'
import { registerHostBackend } from './default-backend.js'

registerHostBackend(cpuBackend)
