package dev.streambed.e2e.page;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.streambed.e2e.records.Topics;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Takes the pictures of the page in docs/, with the demo's texts. Run it in e2e-tests with its test
 * class path after a change of the page, make them smaller with pngquant, and look at them.
 */
final class PageScreenshots {
  private static final String SPEECHES = "/dev/streambed/cli/demo/speeches.jsonl.gz";
  private static final int WHILE_IT_IS_OPEN = 500;
  private static final int PER_STEP = 8;
  private static final long STEP_MILLIS = 200;

  private final Browser browser;
  private final ShownTopic topic;
  private final List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();

  private PageScreenshots(Browser browser, ShownTopic topic) {
    this.browser = browser;
    this.topic = topic;
  }

  public static void main(String[] arguments) throws Exception {
    try (Browser browser = Browser.start();
        ShownTopic topic = ShownTopic.create()) {
      new PageScreenshots(browser, topic)
          .take(Path.of(arguments.length > 0 ? arguments[0] : "../docs"));
    }
  }

  private void take(Path folder) throws Exception {
    readSpeeches();
    int before = records.size() - WHILE_IT_IS_OPEN;
    Topics.send(topic.broker, records.subList(0, before));
    topic.sendDeadLetter("INVALID_JSON", "Record is no JSON object: unexpected character at 1.");
    topic.sendDeadLetter("MISSING_TEXT", "Record has no field 'text' (found: key, year).");
    String url = topic.serve();
    open(url, 1400, 900, "light");
    arrive(before, records.size() - WHILE_IT_IS_OPEN / 5);
    browser.search("the war with Mexico");
    arrive(records.size() - WHILE_IT_IS_OPEN / 5, records.size() - 50);
    save(folder.resolve("page-light.png"));

    open(url, 1400, 900, "dark");
    browser.click("umap");
    browser.until(
        "UMAP", () -> "umap".equals(browser.element("plane").getDomAttribute("data-arrangement")));
    arrive(records.size() - 50, records.size());
    browser.click("umap");
    browser.until("the end", () -> !browser.element("arranging").isDisplayed());
    browser.search("prices of farm products");
    browser.run("document.activeElement.blur()");
    save(folder.resolve("page-dark.png"));

    open(url, 390, 844, "light");
    browser.search("the railroads");
    browser.run("document.activeElement.blur()");
    browser.run("document.getElementById('results').style.maxHeight = '190px'");
    save(folder.resolve("page-phone.png"));
  }

  private void open(String url, int width, int height, String scheme) {
    browser.open(url, width, height, scheme);
    browser.untilText("state-text", "Live"::equals);
    browser.until("a scale of years", () -> !browser.all("#legend .ramp").isEmpty());
  }

  /** Writes records in small steps, as a busy job would. */
  private void arrive(int from, int to) throws Exception {
    for (int i = from; i < to; i += PER_STEP) {
      Topics.send(topic.broker, records.subList(i, Math.min(to, i + PER_STEP)));
      Thread.sleep(STEP_MILLIS);
    }
  }

  private void readSpeeches() throws Exception {
    var json = new JsonMapper();
    try (var lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Objects.requireNonNull(PageScreenshots.class.getResourceAsStream(SPEECHES))),
                UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode speech = json.readTree(line);
        records.add(
            topic.record(
                speech.get("key").asText(),
                speech.get("text").asText(),
                Map.of(
                    "year", speech.get("year").asLong(),
                    "president", speech.get("president").asText())));
      }
    }
  }

  private void save(Path file) throws Exception {
    Map<String, Object> picture = browser.ask("Page.captureScreenshot", Map.of("format", "png"));
    Files.write(file, Base64.getDecoder().decode(String.valueOf(picture.get("data"))));
    System.out.println(file + ": " + Files.size(file) + " bytes");
  }
}
