import { type PositionalEmbedding, positionalRoot } from '@ntk/kernels-analytic'
import {
  add,
  broadcastTo,
  concatenate,
  constantFromData,
  matmul,
  mul,
  NtkError,
  reshape,
  type Shape,
  sameShape,
  showShape,
  sizeOf,
  type Value,
} from '@ntk/tensor'

/** [spatial..., channels] of the embeddings of inputs of a shape. Throws NtkError 'shape' where sizes are not known. */
export function embeddingShape({ type, channels }: PositionalEmbedding, inputShape: Shape): Shape {
  const space = inputShape.slice(1, -1)
  if (space.some((d) => !Number.isInteger(d) || d < 1)) {
    throw new NtkError('shape', {
      what: 'Positional embeddings need an input shape [batch, size..., channels] with known sizes.',
      got: showShape(inputShape),
    })
  }
  const width = inputShape.at(-1) as number
  return [...space, type === 'CONCAT' ? (channels ?? width) : width]
}

/** Adds embeddings to [n, positions, channels], or sets them beside the channels; `sizes` are those of the positions' axes. */
export type Embedder = <V extends Value>(x: V, embedding: V, sizes: Shape) => V

export function embedder(options: PositionalEmbedding): Embedder {
  const { type, std, decay } = options
  // A root takes a third of positions³ operations and is the same at every call.
  const roots = new Map<string, Float64Array>()
  const rootOf = (sizes: Shape): Float64Array => {
    const name = showShape(sizes)
    const root = roots.get(name) ?? positionalRoot(sizes, options)
    roots.set(name, root)
    return root
  }
  return <V extends Value>(x: V, embedding: V, sizes: Shape): V => {
    const positions = sizeOf(sizes)
    const width = embedding.shape.at(-1) as number
    if (!sameShape(embedding.shape, [...sizes, width]) || (type === 'SUM' && width !== x.shape[2])) {
      throw new NtkError('shape', {
        what: `GlobalSelfAttention has embeddings ${showShape(embedding.shape)} of positions.`,
        got: `inputs [n, ${[...sizes, x.shape[2]].join(', ')}]`,
        fix: 'Initialize with the shape of these inputs.',
      })
    }
    const independent = reshape(embedding, [positions, width])
    const correlated =
      decay === 'd=0' ? independent : matmul(rootLike(rootOf(sizes), independent), independent)
    const scaled = mul(correlated, std)
    if (type === 'SUM') return add(x, scaled)
    return concatenate([x, broadcastTo(scaled, [x.shape[0] as number, positions, width])], 2)
  }
}

/** A root in the dtype of embeddings [positions, channels]. */
function rootLike<V extends Value>(root: Float64Array, embedding: V): V {
  const numbers = embedding.dtype === 'float32' ? Float32Array.from(root) : root
  const positions = embedding.shape[0] as number
  const constant: Value = constantFromData(numbers, [positions, positions], embedding.backend)
  return constant as V
}
