/**
 * The publisher's files beside a model: reads their settings, and refuses those that cannot be
 * honoured.
 */
@NullMarked
package dev.streambed.importer.published;

import org.jspecify.annotations.NullMarked;
