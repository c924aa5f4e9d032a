package dev.streambed.e2e.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.openqa.selenium.Keys;

/** The page in a browser, over a topic of a real broker. Left out where there is no browser. */
class PageIT {
  private static final Map<String, List<String>> TEXTS =
      Map.of(
          "money",
          List.of(
              "The price of bread rose by a tenth this year.",
              "Banks lowered the interest on savings.",
              "The budget has a deficit of two billion.",
              "Wages did not keep up with inflation."),
          "space",
          List.of(
              "The probe landed on the far side of the moon.",
              "Astronauts repaired the telescope in orbit.",
              "A rocket carried seven satellites into space.",
              "Water ice was found in a crater of Mars."),
          "sport",
          List.of(
              "The home team won the final after extra time.",
              "She broke the record over ten thousand metres.",
              "Rain stopped the tennis match in the third set.",
              "The goalkeeper saved two penalties."));

  private static final String SCRIPT = "<script>window.hacked = 'script'</script><b>bold</b>";
  private static final String IMAGE = "<img src=x onerror=\"window.hacked = 'image'\">";

  private static Browser browser;
  private static ShownTopic topic;
  private static String url;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    topic = ShownTopic.create();
    for (var texts : TEXTS.entrySet()) {
      for (String text : texts.getValue()) {
        topic.send(text.substring(4, 12), text, Map.of("about", texts.getKey(), "words", 9L));
      }
    }
    url = topic.serve();
  }

  @AfterAll
  static void stop() {
    if (topic != null) {
      topic.close();
    }
    if (browser != null) {
      browser.close();
    }
  }

  private static void open() {
    browser.open(url);
    browser.untilText("state-text", "Live"::equals);
    browser.until("points", () -> points() >= 12);
    browser.until("the list", () -> browser.texts("#stream li").size() >= 12);
  }

  private static int points() {
    return Integer.parseInt(
        Objects.requireNonNull(browser.element("plane").getDomAttribute("data-points")));
  }

  private static void hasNothingToComplainAbout() {
    assertThat(browser.messages()).isEmpty();
    assertThat(browser.run("return window.hacked ?? null")).isNull();
  }

  @Test
  void showsWhatIsThereAndWhatArrives() throws Exception {
    open();
    int before = points();

    topic.send("late", "A late text about a comet.", Map.of("about", "space"));
    browser.until("one point more", () -> points() == before + 1);
    topic.delete("late");
    browser.until("one point less", () -> points() == before);

    assertThat(browser.text("topic")).isEqualTo("embeddings");
    assertThat(browser.text("model")).isEqualTo("all-MiniLM-L6-v2, 384 dimensions");
    assertThat(browser.texts("#stream li"))
        .noneMatch(text -> text.contains("comet"))
        .anyMatch(text -> text.contains("telescope"));
    assertThat(browser.texts("#legend li")).contains("money", "space", "sport");
    assertThat(browser.hosts()).containsOnly(url.split("/", -1)[2]);
    hasNothingToComplainAbout();
  }

  @Test
  void findsTheNearestAndMarksTheWordsOfTheQuery() {
    open();

    browser.search("how much is the bread");

    assertThat(browser.texts("#results li").get(0)).contains("The price of bread rose");
    assertThat(browser.texts("#results li:first-child mark")).containsExactly("bread");
    assertThat(browser.text("summary")).contains("nearest of").contains("ms.");
    hasNothingToComplainAbout();
  }

  @Test
  void filtersByMetadata() {
    open();
    browser.search("water");
    assertThat(browser.texts("#results li")).hasSizeGreaterThan(4);

    browser.all("#filter-details summary").get(0).click();
    browser.run("document.getElementById('filter-name').selectedIndex = 0");
    assertThat(browser.texts("#filter-name option")).containsExactly("about", "words");
    browser.type("filter-value", "sport");
    browser.press(Keys.ENTER);

    browser.until("four results", () -> browser.texts("#results li").size() == 4);
    assertThat(browser.texts("#results li")).allMatch(text -> text.contains("about: sport"));
    assertThat(browser.text("summary"))
        .matches("4 nearest of 4 records that match, of 1\\d records, in .*ms\\.");
    browser.all("#filters button").get(0).click();
    browser.until("all results", () -> browser.texts("#results li").size() > 4);
    assertThat(browser.text("summary")).doesNotContain("match");
    browser.type("filter-value", "none");
    browser.press(Keys.ENTER);
    browser.untilText("summary", text -> text.matches("None of 1\\d records passes .*"));
    browser.click("search-clear");
    assertThat(browser.texts("#filters li, #results li")).isEmpty();
    browser.search("water");
    assertThat(browser.texts("#results li")).hasSizeGreaterThan(4);
    hasNothingToComplainAbout();
  }

  @Test
  void showsHostileTextsAndRunsNone() throws Exception {
    topic.send("<i>key</i>", SCRIPT, Map.of("<u>name</u>", "<s>value</s>", "__proto__", "p"));
    topic.send("image", IMAGE, Map.of());
    topic.send("long", "word".repeat(5_000), Map.of("right", "\u202eleft"));
    open();
    browser.until(
        "the texts", () -> browser.texts("#stream li").stream().anyMatch(t -> t.contains(IMAGE)));

    browser.search("script bold");
    browser.all("#results button").get(0).click();
    browser.until("the record", () -> browser.text("record-facts").contains("Space"));

    assertThat(browser.text("record-text")).isEqualTo(SCRIPT);
    assertThat(browser.text("record-heading")).isEqualTo("<i>key</i>");
    assertThat(browser.text("record-facts")).contains("<u>name</u>").contains("<s>value</s>");
    assertThat(browser.texts("#record i, #record b, #record img, .records img")).isEmpty();
    assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo(1400L);
    hasNothingToComplainAbout();
    for (String key : List.of("<i>key</i>", "image", "long")) {
      topic.delete(key);
    }
  }

  @Test
  void showsDeadLettersWithTheirReasons() throws Exception {
    open();

    topic.sendDeadLetter("INVALID_JSON", "Unexpected character at <b>3</b>.");
    topic.sendDeadLetter("NO_TEXT", "The record has no text.");

    browser.until("dead letters", () -> browser.texts("#dead-list li").size() >= 2);
    assertThat(browser.texts("#dead-list li"))
        .anyMatch(line -> line.contains("DECODE: INVALID_JSON") && line.contains("<b>3</b>"))
        .anyMatch(line -> line.contains("NO_TEXT") && line.contains("texts-0@7"));
    browser.until("the count", () -> Integer.parseInt(browser.text("dead-figure")) >= 2);
    hasNothingToComplainAbout();
  }

  @Test
  void showsTheTextUnderThePointerAndTheRecordOnAClick() {
    open();

    String tip =
        String.valueOf(
            browser.run(
                """
                const plane = document.getElementById("plane");
                const box = plane.getBoundingClientRect();
                for (let y = 5; y < box.height; y += 6) {
                  for (let x = 5; x < box.width; x += 6) {
                    const at = {clientX: box.left + x, clientY: box.top + y, pointerType: "mouse", pointerId: 1};
                    plane.dispatchEvent(new PointerEvent("pointermove", at));
                    if (!document.getElementById("tip").hidden) {
                      const tip = document.querySelector("#tip .text").textContent;
                      plane.dispatchEvent(new PointerEvent("pointerdown", {...at, pointerType: "touch"}));
                      plane.dispatchEvent(new PointerEvent("pointerup", {...at, pointerType: "touch"}));
                      return tip;
                    }
                  }
                }
                return "no point found";
                """));

    assertThat(TEXTS.values().stream().flatMap(List::stream)).contains(tip);
    browser.until("the record", () -> browser.text("record-text").equals(tip));
    hasNothingToComplainAbout();
  }

  @Test
  void arrangesByUmapInAWorkerAndBack() {
    open();

    browser.click("umap");
    browser.until(
        "the arrangement",
        () -> "umap".equals(browser.element("plane").getDomAttribute("data-arrangement")));
    assertThat(points()).isGreaterThanOrEqualTo(12);
    browser.search("football");
    browser.click("pca");

    assertThat(browser.element("plane").getDomAttribute("data-arrangement")).isEqualTo("pca");
    hasNothingToComplainAbout();
  }

  @Test
  void holdsTheListWhileItIsPaused() throws Exception {
    open();

    browser.click("pause");
    topic.send("paused", "A text while nobody looks.", Map.of());
    browser.untilText("pause", "Go on (1 new)"::equals);
    assertThat(browser.texts("#stream li")).noneMatch(text -> text.contains("nobody looks"));
    browser.click("pause");

    browser.until("the text", () -> browser.texts("#stream li").get(0).contains("nobody looks"));
    topic.delete("paused");
  }

  /** A browser keeps pages for its back button; each with a stream would hold one of the six. */
  @Test
  void needsOneConnectionHoweverOftenItIsLeftAndComesBack() {
    for (int i = 0; i < 8; i++) {
      browser.visit(url + "?" + i);
      browser.untilText("state-text", "Live"::equals);
    }
    browser.run("history.back()");
    browser.until("the page before", () -> browser.url().endsWith("?6"));
    browser.untilText("state-text", "Live"::equals);
    hasNothingToComplainAbout();
  }

  @Test
  void saysThatTheServerCouldNotShowSomethingAndGoesOn() {
    String stream = "{\"type\":\"failed\",\"message\":\"The log says why.\"}\\n";
    browser.beforeScripts(
        """
        const real = window.fetch;
        window.failing = true;
        window.fetch = (path, options) =>
          path === "api/stream" && window.failing ? Promise.resolve(new Response('%s')) : real(path, options);
        """
            .formatted(stream));
    browser.visit(url + "?failing");

    browser.untilText("notice-text", text -> text.startsWith("The log says why. The next try"));
    browser.untilText("state-text", "Failed"::equals);
    browser.run("window.failing = false");

    browser.untilText("state-text", "Live"::equals);
    browser.untilText("notice-text", String::isEmpty);
    hasNothingToComplainAbout();
  }

  @Test
  void mendsTheLossOfTheBrokerAndOfTheServer() throws Exception {
    open();

    topic.broker.stop();
    browser.untilText("state-text", "Waiting for Kafka"::equals);
    topic.broker.restart();
    browser.untilText("state-text", "Live"::equals);
    hasNothingToComplainAbout();
    topic.endServer();
    browser.untilText("state-text", "Connection lost"::equals);
    assertThat(browser.text("notice-text")).contains("The next try is in");
    topic.serve();
    browser.untilText("state-text", "Live"::equals);

    browser.until("points", () -> points() >= 12);
    assertThat(browser.element("notice").isDisplayed()).isFalse();
    browser.messages(); // the browser notes each lost connection
  }
}
