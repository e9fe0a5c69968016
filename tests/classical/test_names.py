"""Names are those of CellProfiler's tables."""

from __future__ import annotations

import pytest

from phenolens.classical.names import feature_name, pair_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        (("AreaShape", "Area", ""), "Nuclei_AreaShape_Area"),
        (("AreaShape", "Zernike_9_9", ""), "Nuclei_AreaShape_Zernike_9_9"),
        (("Intensity", "Intensity_MADIntensity", "ER"), "Nuclei_Intensity_MADIntensity_ER"),
        (("Granularity", "Granularity_16", "ER"), "Nuclei_Granularity_16_ER"),
        (
            ("RadialDistribution", "RadialDistribution_FracAtD_1of4", "ER"),
            "Nuclei_RadialDistribution_FracAtD_ER_1of4",
        ),
        (
            ("Texture", "InverseDifferenceMoment_3_02_256", "ER"),
            "Nuclei_Texture_InverseDifferenceMoment_ER_3_02_256",
        ),
        (("Intensity", "Location_MaxIntensity_X", "ER"), None),
        (("AreaShape", "BoundingBoxMinimum_X", ""), None),
        (("AreaShape", "BoundingBoxArea", ""), "Nuclei_AreaShape_BoundingBoxArea"),
        (("AreaShape", "Center_X", ""), None),
    ],
)
def test_names_of_one_channel(given: tuple[str, str, str], name: str | None) -> None:
    assert feature_name("Nuclei", *given) == name


def test_names_of_two_channels() -> None:
    assert (
        pair_name("Cells", "Correlation_Pearson", "A", "B") == "Cells_Correlation_Correlation_A_B"
    )
    assert pair_name("Cells", "Correlation_Slope", "A", "B") == "Cells_Correlation_Slope_A_B"
    assert pair_name("Cells", "Correlation_RWC_1", "A", "B") == "Cells_Correlation_RWC_A_B"
    assert pair_name("Cells", "Correlation_RWC_2", "A", "B") == "Cells_Correlation_RWC_B_A"
