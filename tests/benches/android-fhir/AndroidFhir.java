import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.parser.IParser;
import ca.uhn.fhir.rest.param.ParamPrefixEnum;
import com.google.android.fhir.DatabaseErrorStrategy;
import com.google.android.fhir.FhirEngine;
import com.google.android.fhir.FhirEngineConfiguration;
import com.google.android.fhir.FhirEngineProvider;
import com.google.android.fhir.search.Operation;
import com.google.android.fhir.search.Order;
import com.google.android.fhir.search.Search;
import com.google.android.fhir.search.filter.DateParamFilterCriterion;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import kotlin.Unit;
import kotlin.coroutines.Continuation;
import kotlin.coroutines.EmptyCoroutineContext;
import kotlin.jvm.functions.Function1;
import kotlinx.coroutines.BuildersKt;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Patient;
import org.hl7.fhir.r4.model.Resource;
import org.hl7.fhir.r4.model.ResourceType;
import org.junit.Test;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.SQLiteMode;

/**
 * The work of `src/peer.rs` on Google's engine, as a child of the benchmark: takes a file with people and results, a line
 * each, and a file with results that are added later, and says what each call took, a line each. Its database is not
 * encrypted: the library it encrypts with is Android's alone.
 */
@RunWith(RobolectricTestRunner.class)
@Config(sdk = 33, manifest = Config.NONE)
@SQLiteMode(SQLiteMode.Mode.NATIVE)
public class AndroidFhir {
  private interface Call {
    Object make(Continuation<Object> continuation) throws Exception;
  }

  private static final int PAGE = 20;
  private static final int CHUNK = 100;

  private FhirEngine engine;
  private final StringBuilder said = new StringBuilder();

  public static void main(String[] files) {
    System.setProperty("resources", files[0]);
    System.setProperty("more", files[1]);
    Result result = JUnitCore.runClasses(AndroidFhir.class);
    result.getFailures().forEach(failure -> System.err.println(failure.getTrace()));
    System.exit(result.wasSuccessful() ? 0 : 1);
  }

  /** Waits for what the engine does elsewhere. */
  private static Object await(Call call) throws Exception {
    return BuildersKt.runBlocking(EmptyCoroutineContext.INSTANCE, (scope, continuation) -> {
      try {
        @SuppressWarnings("unchecked")
        Continuation<Object> to = (Continuation<Object>) continuation;
        return call.make(to);
      } catch (Exception e) {
        throw new RuntimeException(e);
      }
    });
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private Object create(List<? extends Resource> some) throws Exception {
    return await(to -> engine.create(some.toArray(new Resource[0]), (Continuation) to));
  }

  @SuppressWarnings({"unchecked", "rawtypes"})
  private List<?> search(Search search) throws Exception {
    return (List<?>) await(to -> engine.search(search, (Continuation) to));
  }

  private void say(String name, double seconds) {
    said.append(name).append('\t').append(seconds).append('\n');
  }

  /** The time in the middle, after some calls that do not count: the machine learns. */
  private void each(String name, int warm, int times, ThrowingConsumer call) throws Exception {
    for (int n = 0; n < warm; n++) {
      call.accept(n);
    }
    List<Double> took = new ArrayList<>();
    for (int n = warm; n < warm + times; n++) {
      long start = System.nanoTime();
      call.accept(n);
      took.add((System.nanoTime() - start) / 1e9);
    }
    Collections.sort(took);
    say(name, took.get(took.size() / 2));
  }

  private interface ThrowingConsumer {
    void accept(int n) throws Exception;
  }

  private void found(List<?> rows, int expected) {
    if (rows.size() != expected) {
      throw new IllegalStateException("found " + rows.size() + " instead of " + expected);
    }
  }

  /** February and March of 2020. */
  private static Search inTwoMonths() {
    Search search = new Search(ResourceType.Observation, PAGE, null);
    bound(search, ParamPrefixEnum.GREATERTHAN_OR_EQUALS, "2020-02-01");
    bound(search, ParamPrefixEnum.LESSTHAN, "2020-04-01");
    search.sort(Observation.DATE, Order.DESCENDING);
    return search;
  }

  @SuppressWarnings("unchecked")
  private static void bound(Search search, ParamPrefixEnum prefix, String day) {
    Function1<DateParamFilterCriterion, Unit> criterion = date -> {
      date.setPrefix(prefix);
      date.setValue(date.of(new DateTimeType(day)));
      return Unit.INSTANCE;
    };
    search.filter(Observation.DATE, new Function1[] {criterion}, Operation.AND);
  }

  @Test
  @SuppressWarnings({"unchecked", "rawtypes"})
  public void work() throws Exception {
    FhirEngineProvider.INSTANCE.init(
        new FhirEngineConfiguration(false, DatabaseErrorStrategy.UNSPECIFIED, null, false, Collections.emptyList()));
    engine = FhirEngineProvider.INSTANCE.getInstance(RuntimeEnvironment.getApplication());
    IParser parser = FhirContext.forR4().newJsonParser();
    List<Resource> resources = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(System.getProperty("resources")))) {
      resources.add((Resource) parser.parseResource(line));
    }
    List<Resource> more = new ArrayList<>();
    for (String line : Files.readAllLines(Path.of(System.getProperty("more")))) {
      more.add((Resource) parser.parseResource(line));
    }
    // The first loads what the engine knows of FHIR, which takes seconds; a second half shows the code when it is warm.
    create(more.subList(0, 1));
    int half = resources.size() / 2 / CHUNK * CHUNK;
    long start = 0;
    for (int from = 0; from < resources.size(); from += CHUNK) {
      if (from == half) {
        start = System.nanoTime();
      }
      create(resources.subList(from, Math.min(resources.size(), from + CHUNK)));
    }
    say("create, in bulk", (System.nanoTime() - start) / 1e9 / (resources.size() - half));

    List<String> people = new ArrayList<>();
    List<Resource> results = new ArrayList<>();
    for (Resource resource : resources) {
      if (resource instanceof Patient) {
        people.add(resource.getIdElement().getIdPart());
      } else {
        results.add(resource);
      }
    }
    int count = people.size();
    each("create one", 50, 100, n -> create(more.subList(n + 1, n + 2)));
    each("get", 200, 500, n ->
        await(to -> engine.get(ResourceType.Patient, people.get((int) (n * 7919L % count)), (Continuation) to)));
    each("update", 20, 60, n -> {
      Observation one = (Observation) results.get(n * 7 % results.size());
      one.getValueQuantity().setValue(10 + n);
      await(to -> engine.update(new Resource[] {one}, (Continuation) to));
    });
    for (Integer limit : new Integer[] {PAGE, null}) {
      String rows = limit == null ? ", all" : ", page of 20";
      each("sort by name" + rows, 10, limit == null ? 10 : 50, n -> {
        Search search = new Search(ResourceType.Patient, limit, null);
        search.sort(Patient.FAMILY, Order.ASCENDING);
        found(search(search), limit == null ? count : PAGE);
      });
      each("sort by date" + rows, 10, limit == null ? 10 : 50, n -> {
        Search search = new Search(ResourceType.Observation, limit, null);
        search.sort(Observation.DATE, Order.DESCENDING);
        found(search(search), limit == null ? results.size() + 151 : PAGE);
      });
    }
    each("search by date, page of 20", 10, 50, n -> found(search(inTwoMonths()), PAGE));
    each("delete", 20, 100, n ->
        await(to -> engine.delete(ResourceType.Observation, results.get(n).getIdElement().getIdPart(), (Continuation) to)));
    System.out.print(said);
  }
}
