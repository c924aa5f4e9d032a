package dev.streambed.e2e.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.awaitility.core.ConditionTimeoutException;
import org.jspecify.annotations.Nullable;
import org.openqa.selenium.By;
import org.openqa.selenium.JavascriptException;
import org.openqa.selenium.Keys;
import org.openqa.selenium.NoSuchElementException;
import org.openqa.selenium.StaleElementReferenceException;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.interactions.Actions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** A browser without a window, and the page that is open in it. Nothing is downloaded for it. */
final class Browser implements AutoCloseable {
  private static final String MISSING =
      "NOT TESTED: the page in a browser. There is no chromium or google-chrome, or no chromedriver, on the PATH.";
  private static final Duration LIMIT = Duration.ofMinutes(1);

  /** A browser has six connections to a host; a page that waits for one waits for 50 seconds. */
  private static final Duration LOAD = Duration.ofSeconds(30);

  private static final Pattern HOST = Pattern.compile("\"url\":\"(?:https?|wss?)://([^/\"]+)");

  private final ChromeDriver driver;
  private int scripts;

  private Browser(ChromeDriver driver) {
    this.driver = driver;
  }

  /** Starts the browser of this machine, or leaves the test out, and says so, if it has none. */
  static Browser start() {
    Optional<File> binary =
        Stream.of("chromium", "chromium-browser", "google-chrome")
            .flatMap(name -> onPath(name).stream())
            .findFirst();
    Optional<File> executable = onPath("chromedriver");
    if (binary.isEmpty() || executable.isEmpty()) {
      System.err.println(MISSING);
    }
    assumeTrue(binary.isPresent() && executable.isPresent(), MISSING);
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    logs.enable(LogType.PERFORMANCE, Level.ALL);
    var options = new ChromeOptions();
    options.setBinary(binary.orElseThrow());
    options.addArguments(
        "--headless=new",
        "--no-sandbox", // CI is root
        "--disable-dev-shm-usage",
        "--hide-scrollbars",
        "--window-size=1400,900");
    options.setCapability("goog:loggingPrefs", logs);
    var service =
        new ChromeDriverService.Builder()
            .usingDriverExecutable(executable.orElseThrow())
            .usingAnyFreePort()
            .build();
    var driver = new ChromeDriver(service, options);
    driver.manage().timeouts().pageLoadTimeout(LOAD);
    return new Browser(driver);
  }

  private static Optional<File> onPath(String name) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .map(folder -> new File(folder, name))
        .filter(File::canExecute)
        .findFirst();
  }

  /** Opens a page as on a screen of this size, in points of the style sheet. */
  void open(String url, int width, int height, String scheme) {
    driver.get("about:blank"); // ends the stream of the page before
    messages();
    driver.executeCdpCommand(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    driver.executeCdpCommand(
        "Emulation.setEmulatedMedia",
        Map.of(
            "features",
            List.of(
                Map.of("name", "prefers-color-scheme", "value", scheme),
                Map.of("name", "prefers-reduced-motion", "value", "reduce"))));
    driver.get(url);
  }

  void open(String url) {
    open(url, 1400, 900, "light");
  }

  /** Opens a page in place of the one that is there, as a link does. */
  void visit(String url) {
    driver.get(url);
  }

  String url() {
    return String.valueOf(driver.getCurrentUrl());
  }

  /** Runs this before the scripts of the next page alone. */
  void beforeScripts(String script) {
    String once = "if (!sessionStorage.%1$s) { sessionStorage.%1$s = 1; %2$s }";
    driver.executeCdpCommand(
        "Page.addScriptToEvaluateOnNewDocument",
        Map.of("source", once.formatted("once" + scripts++, script)));
  }

  /** The element with this id. */
  WebElement element(String id) {
    return driver.findElement(By.id(id));
  }

  /** The elements that a CSS selector finds. */
  List<WebElement> all(String selector) {
    return driver.findElements(By.cssSelector(selector));
  }

  /** The text of an element, as it is in the page, shown or not. */
  String text(String id) {
    return String.valueOf(element(id).getDomProperty("textContent"));
  }

  /** The texts of elements that change meanwhile. */
  List<String> texts(String selector) {
    Object texts =
        run(
            "return Array.from(document.querySelectorAll(arguments[0]), found => found.textContent)",
            selector);
    return ((List<?>) Objects.requireNonNull(texts)).stream().map(String::valueOf).toList();
  }

  void click(String id) {
    element(id).click();
  }

  /** Types, with the focus where it is. */
  void press(CharSequence... keys) {
    new Actions(driver).sendKeys(keys).perform();
  }

  /** Replaces the text of a field. */
  void type(String id, String text) {
    element(id).sendKeys(Keys.chord(Keys.CONTROL, "a"), Keys.DELETE, text);
  }

  /** Searches, and waits for the results. */
  void search(String query) {
    type("query", query);
    press(Keys.ENTER);
    until("the results", () -> !texts("#results li").isEmpty());
  }

  /** The id of the element that has the focus; empty if it has none. */
  String focus() {
    return String.valueOf(run("return document.activeElement.id"));
  }

  @Nullable Object run(String script, Object... arguments) {
    return driver.executeScript(script, arguments);
  }

  /** An answer of Chrome's own protocol. */
  Map<String, Object> ask(String command, Map<String, Object> parameters) {
    return driver.executeCdpCommand(command, parameters);
  }

  /** Waits for something on the page. */
  void until(String what, Callable<Boolean> condition) {
    await(what)
        .atMost(LIMIT)
        .pollInterval(Duration.ofMillis(50))
        .ignoreExceptionsMatching(Browser::isOfAPageThatChanges)
        .until(condition);
  }

  private static boolean isOfAPageThatChanges(Throwable e) {
    return e instanceof NoSuchElementException
        || e instanceof StaleElementReferenceException
        || e instanceof JavascriptException;
  }

  /** Waits until a text of the page is as it should be. */
  void untilText(String id, Predicate<String> wanted) {
    try {
      until(id, () -> wanted.test(text(id)));
    } catch (ConditionTimeoutException e) {
      throw new AssertionError("The text of " + id + " is: " + text(id), e);
    }
  }

  /**
   * What the browser complained about since the last call: violations of policies, errors of
   * scripts.
   */
  List<String> messages() {
    var messages = new ArrayList<String>();
    for (LogEntry entry : driver.manage().logs().get(LogType.BROWSER)) {
      messages.add(entry.getMessage());
    }
    return messages;
  }

  /** The hosts that were asked for anything since the last call, with their ports. */
  List<String> hosts() {
    var hosts = new ArrayList<String>();
    for (LogEntry entry : driver.manage().logs().get(LogType.PERFORMANCE)) {
      if (entry.getMessage().contains("Network.requestWillBeSent\"")) {
        HOST.matcher(entry.getMessage()).results().forEach(match -> hosts.add(match.group(1)));
      }
    }
    assertThat(hosts).isNotEmpty();
    return hosts.stream().distinct().toList();
  }

  @Override
  public void close() {
    driver.quit();
  }
}
