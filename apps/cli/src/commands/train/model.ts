import { centredModel } from '@ntk/optim'
import type { Params } from '@ntk/stax'
import { NtkError, showShape, type Tensor, toBackend } from '@ntk/tensor'
import { requireFinite, scaleDown } from '../../measures/finite.js'
import { type Apply, applyOf } from '../../networks/apply.js'
import { backendOf, freshParams, toDevice } from '../../networks/device.js'
import { croppedShape, croppingApply } from './augment.js'
import type { Setup } from './setup.js'
import { type DataOutput, type SetName, setNames } from './stages/data.js'

/** A network at its start, on its device: what is trained as a function of parameters, the network itself, the parameters, and the data. */
export interface Model {
  readonly apply: Apply
  readonly network: Apply
  readonly params: Params<Tensor>
  readonly sets: { readonly [K in SetName]: { readonly x: Tensor; readonly y: Tensor } }
}

/**
 * The network of a config for data, the same in every stage that asks.
 *
 * @throws NtkError `config` where it does not give one number an output, `not-finite` where its outputs are not finite
 */
export async function modelOf(setup: Setup, { values, arrays }: DataOutput): Promise<Model> {
  const { config, keys } = setup
  const net = setup.networkFor(values.outputs)
  const there = await toDevice(arrays, config)
  const set = (name: SetName): Pair => ({ x: there[`x_${name}`], y: there[`y_${name}`] })
  const [train, validation, test] = setNames.map(set) as [Pair, Pair, Pair]
  const { crop } = config.augment
  const shape = croppedShape(train.x.shape, crop)
  const drawn = freshParams(config, net, keys.network, shape).params
  const params = await toBackend(drawn, await backendOf(config))
  const network = croppingApply(applyOf(net), crop)
  const outputs = network(params, test.x)
  requireOutputs(outputs, values)
  await requireFinite(outputs, 'The outputs of the network at its start', scaleDown)
  const apply = config.start === 'centred' ? centredModel(network, params).apply : network
  return { apply, network, params, sets: { train, validation, test } }
}

interface Pair {
  readonly x: Tensor
  readonly y: Tensor
}

function requireOutputs(outputs: Tensor, { outputs: wanted, task }: DataOutput['values']): void {
  if (outputs.rank === 2 && outputs.shape[1] === wanted) return
  throw new NtkError('config', {
    what: `The network must give ${task === 'classes' ? 'one number a class' : 'one number'}: outputs of shape [n, ${wanted}].`,
    got: showShape(outputs.shape),
    fix:
      outputs.rank === 2
        ? `End it with ["Dense", {"out": ${wanted}}].`
        : 'Put ["Flatten"] where images become vectors.',
  })
}
