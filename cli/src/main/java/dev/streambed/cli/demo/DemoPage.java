package dev.streambed.cli.demo;

import dev.streambed.cli.terminal.CommandFailedException;
import dev.streambed.embedder.EmbedderOptions;
import dev.streambed.embedder.onnx.OnnxTextEmbedder;
import dev.streambed.server.EmbeddingServer;
import dev.streambed.server.ServerOptions;
import dev.streambed.server.ServerOptions.Address;
import dev.streambed.server.ServerOptions.Defaults;
import dev.streambed.server.page.PageOptions;
import java.io.IOException;
import java.util.Set;

/** A page on this machine that shows the topics of the demo. */
record DemoPage(EmbeddingServer server, String url) implements AutoCloseable {
  private static final Address LOOPBACK = new Address("127.0.0.1", /* port= */ 0, /* tls= */ null);

  /**
   * Serves the page.
   *
   * @param embedder of the queries, too; the caller's
   */
  static DemoPage start(DemoCluster cluster, OnnxTextEmbedder embedder) {
    ServerOptions options =
        new ServerOptions(
            LOOPBACK,
            ServerOptions.DEFAULT.keys(),
            ServerOptions.DEFAULT.limits(),
            new Defaults(EmbedderOptions.DEFAULT, Set.of(), /* truncate= */ true),
            /* workers= */ 1); // the job has the others
    var topics =
        new PageOptions(
            DemoCluster.EMBEDDINGS,
            DemoCluster.DEAD_LETTERS,
            cluster.kafka(),
            PageOptions.DEFAULT_MAX_RECORDS);
    try {
      EmbeddingServer server = EmbeddingServer.start(embedder, options, topics);
      return new DemoPage(server, String.valueOf(server.pageUrl()));
    } catch (IOException e) {
      throw new CommandFailedException("Cannot serve a page: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    server.close();
  }
}
