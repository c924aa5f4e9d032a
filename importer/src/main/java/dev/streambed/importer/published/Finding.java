package dev.streambed.importer.published;

import org.apiguardian.api.API;

/**
 * A value, and which file says it.
 *
 * @param file as a person would find it from the model's folder
 */
@API(status = API.Status.INTERNAL)
public record Finding<T>(T value, String file) {}
