package dev.streambed.server.dialect;

import org.apiguardian.api.API;

/**
 * How much a request may have, so that it takes little more memory than its body.
 *
 * @param maxInputs most inputs
 * @param maxTokens most token ids of an input
 * @param vocabulary token ids of the model, from 0
 */
@API(status = API.Status.INTERNAL)
public record InputLimits(int maxInputs, int maxTokens, int vocabulary) {}
