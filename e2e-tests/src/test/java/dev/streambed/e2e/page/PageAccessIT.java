package dev.streambed.e2e.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.openqa.selenium.Keys;

/** The page for people without a mouse, without sight, with a small screen, or with a key. */
class PageAccessIT {
  private static final String KEY = "canary-key-51c0";
  private static final Set<String> CONTROLS =
      Set.of("button", "textbox", "searchbox", "combobox", "link", "application", "slider");

  private static Browser browser;
  private static ShownTopic topic;
  private static String url;

  @BeforeAll
  static void start() throws Exception {
    browser = Browser.start();
    topic = ShownTopic.create();
    for (int i = 0; i < 12; i++) {
      String text =
          "%s number %d about %s."
              .formatted("A text ".repeat(i + 1), i, i % 2 == 0 ? "rivers" : "engines");
      topic.send("key-" + i, text, Map.of("kind", i % 2 == 0 ? "river" : "engine"));
    }
    url = topic.serve(KEY);
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

  /** Opens it with the key, as a tab that has it. */
  private static void open(int width, String scheme) {
    browser.open(url, width, 900, scheme);
    browser.run("sessionStorage.setItem('streambed.key', arguments[0])", KEY);
    browser.open(url, width, 900, scheme);
    browser.untilText("state-text", "Live"::equals);
    browser.until("results", () -> browser.texts("#stream li").size() == 12);
  }

  @Test
  void asksForTheKey() {
    browser.open(url);
    browser.run("sessionStorage.clear()");
    browser.open(url);

    browser.until("the question", () -> browser.focus().equals("key"));
    browser.press("wrong", Keys.ENTER);
    browser.untilText("key-error", "The server does not know this key."::equals);
    browser.press(KEY, Keys.ENTER);

    browser.untilText("state-text", "Live"::equals);
    assertThat(browser.element("key-form").isDisplayed()).isFalse();
    assertThat(browser.messages()).isNotEmpty().allMatch(message -> message.contains("401"));
  }

  @Test
  void isUsedWithoutAMouse() {
    open(1400, "light");

    browser.press(Keys.TAB, Keys.ENTER); // the link that skips to the search
    assertThat(browser.focus()).isEqualTo("query");
    browser.press("engines", Keys.ENTER);
    browser.until("results", () -> !browser.texts("#results li").isEmpty());
    tabTo("search-clear");
    browser.press(Keys.TAB);
    assertThat(focusedText()).contains("engines");
    browser.press(Keys.ARROW_DOWN);
    String second = focusedText();
    assertThat(second).isEqualTo(browser.texts("#results li").get(1));
    browser.press(Keys.ENTER);
    browser.until("the record", () -> browser.element("record").isDisplayed());
    assertThat(second).contains(browser.text("record-heading"));
    browser.press(Keys.ESCAPE);
    assertThat(browser.element("record").isDisplayed()).isFalse();
    assertThat(focusedText()).as("the focus is where it was").isEqualTo(second);

    tabTo("plane");
    browser.press(Keys.ARROW_RIGHT);
    browser.untilText("map-said", said -> said.startsWith("key-"));
    assertThat(browser.element("tip").isDisplayed()).isTrue();
    browser.press(Keys.ENTER);
    browser.until("the record", () -> browser.element("record").isDisplayed());
    assertThat(browser.text("map-said")).startsWith(browser.text("record-heading"));
    browser.press(Keys.ESCAPE);
    assertThat(browser.messages()).isEmpty();
  }

  private static String focusedText() {
    return String.valueOf(browser.run("return document.activeElement.textContent"));
  }

  /** Presses Tab until an element has the focus; each stop on the way shows that it has it. */
  private static void tabTo(String id) {
    for (int i = 0; i < 40 && !browser.focus().equals(id); i++) {
      browser.press(Keys.TAB);
      assertThat(browser.run("return getComputedStyle(document.activeElement).outlineStyle"))
          .as("the outline of %s", browser.focus())
          .isEqualTo("solid");
    }
    assertThat(browser.focus()).isEqualTo(id);
  }

  @ParameterizedTest
  @CsvSource({"1400, light", "1400, dark", "360, light", "320, dark"})
  void fitsTheScreenAndNamesEachControl(int width, String scheme) {
    open(width, scheme);
    browser.search("engines");
    browser.all("#filter-details summary").get(0).click();

    assertThat(browser.run("return document.documentElement.scrollWidth")).isEqualTo((long) width);
    String ground =
        String.valueOf(browser.run("return getComputedStyle(document.body).backgroundColor"));
    assertThat(ground).isEqualTo(scheme.equals("dark") ? "rgb(12, 19, 18)" : "rgb(238, 242, 241)");
    List<String> unnamed = new ArrayList<>();
    int controls = 0;
    for (Object node : nodes()) {
      String role = value(node, "role");
      if (CONTROLS.contains(role)) {
        controls++;
        if (value(node, "name").isBlank()) {
          unnamed.add(role + " " + node);
        }
      }
    }
    assertThat(controls).isGreaterThan(30);
    assertThat(unnamed).isEmpty();
    assertThat(browser.messages()).isEmpty();
  }

  /** What a screen reader gets from the browser. */
  private static List<?> nodes() {
    return (List<?>)
        Objects.requireNonNull(browser.ask("Accessibility.getFullAXTree", Map.of()).get("nodes"));
  }

  private static String value(Object node, String property) {
    Object found = ((Map<?, ?>) node).get(property);
    return found == null ? "" : String.valueOf(((Map<?, ?>) found).get("value"));
  }
}
