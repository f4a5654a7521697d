'use strict';
// Digests: OpenSSL's, and those over the Keccak permutation that it lacks.
const binding = internalBinding('crypto_subtle');
const { run } = require('./job');

const { CSHAKE, KANGAROO_TWELVE, TURBOSHAKE } = binding.sponges;
const nothing = new Uint8Array(0);

function digest(
  { name, outputLength, customization = nothing, functionName = nothing, domainSeparation = 0x1f },
  data,
) {
  const strength = name.endsWith('128') ? 128 : 256;
  if (name.startsWith('cSHAKE'))
    return run(binding.sponge, CSHAKE, strength, outputLength, data, customization, functionName);
  if (name.startsWith('Turbo'))
    return run(binding.sponge, TURBOSHAKE, strength, outputLength, data, nothing, domainSeparation);
  if (name.startsWith('KT'))
    return run(binding.sponge, KANGAROO_TWELVE, strength, outputLength, data, customization, 0);
  return run(binding.digest, name, data);
}

module.exports = { digest };
