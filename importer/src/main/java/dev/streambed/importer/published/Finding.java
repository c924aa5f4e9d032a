package dev.streambed.importer.published;

/**
 * A value, and which file says it.
 *
 * @param file as a person would find it from the model's folder
 */
public record Finding<T>(T value, String file) {}
