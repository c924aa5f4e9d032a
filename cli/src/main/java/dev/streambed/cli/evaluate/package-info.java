/** {@code streambed evaluate}: how good the vectors of a model are, by labelled texts. */
@NullMarked
package dev.streambed.cli.evaluate;

import org.jspecify.annotations.NullMarked;
