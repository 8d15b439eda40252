import type { Tensor } from '@ntk/tensor'

/** Names the first number among the data of a training that is NaN or infinite: no learning rate helps against it. */
export async function notFinite(data: Readonly<Record<string, Tensor>>): Promise<string | undefined> {
  for (const [name, tensor] of Object.entries(data)) {
    const numbers = await tensor.data()
    const at = numbers.findIndex((v: number) => !Number.isFinite(v))
    if (at < 0) continue
    const perSample = tensor.size / (tensor.shape[0] ?? 1)
    return `${name} holds ${numbers[at]} in sample ${Math.floor(at / perSample)}: mend the data, for no learning rate helps.`
  }
  return undefined
}
