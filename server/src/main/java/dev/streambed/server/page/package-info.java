/**
 * A page that shows a topic of embeddings, live. {@link dev.streambed.server.page.LivePage} owns
 * all: followers read topics into {@code LiveRecords}, {@code PageSteps} tells the readers of the
 * stream what changed, and a search goes through the server's batcher.
 */
@NullMarked
package dev.streambed.server.page;

import org.jspecify.annotations.NullMarked;
