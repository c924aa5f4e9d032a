package dev.streambed.cli.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.junit.jupiter.api.Test;

class LocalClusterTest {
  @Test
  void itsWebUiHidesWhateverTheLogHides() throws Exception {
    Configuration options =
        Configuration.fromMap(
            Map.of(
                "rest.flamegraph.delay-between-samples", "51 ms",
                "s3.secret-key", "canary-of-flink",
                "client.private.key", "canary-of-streambed",
                "http.proxy", "http://user:canary-in-a-url@proxy",
                "env.java.opts.all", "-Djavax.net.ssl.trustStorePassword=canary-of-a-jvm"));

    try (LocalCluster cluster = LocalCluster.start(options)) {
      for (String path : List.of("/jobmanager/config", "/jobmanager/environment", "/config")) {
        assertThat(get(cluster.webAddress().resolve(path))).as(path).doesNotContain("canary");
      }
      assertThat(get(cluster.webAddress().resolve("/jobmanager/config")))
          .contains(
              "\"value\":\"51 ms\"",
              "{\"key\":\"s3.secret-key\",\"value\":\"******\"}",
              "{\"key\":\"client.private.key\",\"value\":\"******\"}",
              "{\"key\":\"http.proxy\",\"value\":\"******\"}",
              "{\"key\":\"env.java.opts.all\",\"value\":\"******\"}");
    }
  }

  @Test
  void keepsTheLogOfItsEndShortForWhatStartsWhileItEnds() throws Exception {
    LocalCluster.start(new Configuration()).close();

    System.gc(); // a logger that nobody holds is made anew, with the level of the configuration

    assertThat(LogManager.getLogger("org.apache.flink.runtime.rpc.pekko.FencedPekkoRpcActor"))
        .extracting(Logger::getLevel)
        .isEqualTo(Level.OFF);
  }

  private static String get(URI address) throws Exception {
    var response =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
    assertThat(response.statusCode()).as(address.getPath()).isEqualTo(200);
    return response.body();
  }
}
