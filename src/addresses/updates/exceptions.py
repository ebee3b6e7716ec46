from src.core.errors import ConflictError, InvalidError, NotFoundError


class UpdateNotFoundError(NotFoundError):
    code = "update_not_found"
    detail = "The studio has no such piece of news."


class UpdatePhotoNotFoundError(NotFoundError):
    code = "photo_not_found"
    detail = "This piece of news has no such photo."


class TooManyPhotosError(ConflictError):
    code = "too_many_photos"
    detail = "It has as many photos as it can; delete one first."


class PhotoOrderError(InvalidError):
    code = "photo_order"
    detail = "`photo_ids` has to name each of its photos once."
