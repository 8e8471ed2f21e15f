import ca.uhn.fhir.context.FhirContext;
import ca.uhn.fhir.context.support.DefaultProfileValidationSupport;
import ca.uhn.fhir.validation.FhirValidator;
import ca.uhn.fhir.validation.ResultSeverityEnum;
import ca.uhn.fhir.validation.SingleValidationMessage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.hl7.fhir.common.hapi.validation.support.CommonCodeSystemsTerminologyService;
import org.hl7.fhir.common.hapi.validation.support.InMemoryTerminologyServerValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.UnknownCodeSystemWarningValidationSupport;
import org.hl7.fhir.common.hapi.validation.support.ValidationSupportChain;
import org.hl7.fhir.common.hapi.validation.validator.FhirInstanceValidator;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Resource;

/**
 * Validates every JSON resource of a folder against FHIR R4, offline; an observation that R4 has a vital signs profile
 * for, against that too. Says each error, and each kind of warning once. Exit code 1 when there is an error.
 *
 * <p>LOINC and SNOMED CT are not shipped with the definitions: their codes and names are not checked here.
 */
public class Validate {
  private static final String PROFILE = "http://hl7.org/fhir/StructureDefinition/";

  /** R4, "Vital Signs Profile": the code that makes an observation one of them. */
  private static final Map<String, String> VITAL_SIGNS =
      Map.of(
          "85354-9", "bp",
          "29463-7", "bodyweight",
          "8302-2", "bodyheight",
          "9843-4", "headcircum",
          "8310-5", "bodytemp",
          "8867-4", "heartrate",
          "9279-1", "resprate",
          "2708-6", "oxygensat");

  public static void main(String[] arguments) throws Exception {
    FhirContext context = FhirContext.forR4();
    FhirInstanceValidator instances =
        new FhirInstanceValidator(
            new ValidationSupportChain(
                new DefaultProfileValidationSupport(context),
                new CommonCodeSystemsTerminologyService(context),
                new InMemoryTerminologyServerValidationSupport(context),
                new UnknownCodeSystemWarningValidationSupport(context)));
    instances.setErrorForUnknownProfiles(true);
    instances.setAnyExtensionsAllowed(true);
    FhirValidator validator = context.newValidator();
    validator.registerValidatorModule(instances);
    List<Path> files;
    try (var listed = Files.list(Path.of(arguments[0]))) {
      files = listed.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    int wrong = 0;
    Map<String, Integer> warnings = new TreeMap<>();
    for (Path file : files) {
      Resource resource = (Resource) context.newJsonParser().parseResource(Files.readString(file));
      boolean failed = !isValid(validator, file, Files.readString(file), warnings);
      if (resource instanceof Observation observation) {
        for (var coding : observation.getCode().getCoding()) {
          String profile = VITAL_SIGNS.get(coding.getCode());
          if (profile != null) {
            observation.getMeta().addProfile(PROFILE + profile);
            String claimed = context.newJsonParser().encodeResourceToString(observation);
            failed |= !isValid(validator, file, claimed, warnings);
          }
        }
      }
      wrong += failed ? 1 : 0;
    }
    warnings.forEach((warning, count) -> System.out.println(count + " x " + warning));
    System.out.println(files.size() - wrong + " valid, " + wrong + " with errors");
    System.exit(wrong > 0 || files.isEmpty() ? 1 : 0);
  }

  private static boolean isValid(
      FhirValidator validator, Path file, String json, Map<String, Integer> warnings) {
    boolean valid = true;
    for (SingleValidationMessage message : validator.validateWithResult(json).getMessages()) {
      if (message.getSeverity().ordinal() >= ResultSeverityEnum.ERROR.ordinal()) {
        System.out.println(file.getFileName() + ": " + message.getLocationString() + ": " + message.getMessage());
        valid = false;
      } else if (message.getSeverity() == ResultSeverityEnum.WARNING) {
        warnings.merge(message.getMessage(), 1, Integer::sum);
      }
    }
    return valid;
  }
}
