"""Which muscle each part of the models belongs to, by the models' own names."""

# The vasti are left out: the conversion broke their strength (vastus medialis: 90 N with the knee straight).
LEG = {
    "glmax1": "gluteus_maximus",
    "glmax2": "gluteus_maximus",
    "glmax3": "gluteus_maximus",
    "glmed1": "gluteus_medius",
    "glmed2": "gluteus_medius",
    "glmed3": "gluteus_medius",
    "glmin1": "gluteus_minimus",
    "glmin2": "gluteus_minimus",
    "glmin3": "gluteus_minimus",
    "tfl": "tensor_fasciae_latae",
    "piri": "piriformis",
    "iliacus": "iliacus",
    "psoas": "psoas",
    "bflh": "biceps_femoris_long",
    "bfsh": "biceps_femoris_short",
    "semiten": "semitendinosus",
    "semimem": "semimembranosus",
    "addmagIsch": "adductor_magnus_hamstring_part",
    "addmagDist": "adductor_magnus_adductor_part",
    "addmagMid": "adductor_magnus_adductor_part",
    "addmagProx": "adductor_magnus_adductor_part",
    "addbrev": "adductor_brevis",
    "addlong": "adductor_longus",
    "grac": "gracilis",
    "sart": "sartorius",
    "recfem": "rectus_femoris",
    "gaslat": "gastrocnemius",
    "gasmed": "gastrocnemius",
}
HEADS = {"TRIlong": "triceps_long", "TRIlat": "triceps_lateral", "TRImed": "triceps_medial"}
